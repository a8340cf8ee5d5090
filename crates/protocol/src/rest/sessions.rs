//! Who is signed in, and the ways to do so.

use crate::PersonId;
use crate::people::PersonKind;
use crate::wire::wire_struct;

wire_struct! {
    /// A person as shown to others.
    pub struct PersonView {
        /// Who.
        pub person: PersonId,
        /// Name.
        pub name: String,
        /// User or guest.
        pub kind: PersonKind,
    }
}

wire_struct! {
    /// `GET session`, and the answer to each way of signing in.
    pub struct SessionView {
        /// Who is signed in; none is nobody.
        pub person: Option<PersonView>,
        /// E-mail of a user.
        pub email: Option<String>,
        /// Whether they own the instance (admin pages, later).
        pub instance_owner: bool,
    }
}

wire_struct! {
    /// `POST session`.
    pub struct SignInRequest {
        /// E-mail.
        pub email: String,
        /// Password.
        pub password: String,
    }
}

wire_struct! {
    /// `POST users`: a new account; a signed-in guest becomes that user and keeps their messages and marks.
    pub struct SignUpRequest {
        /// Name.
        pub name: String,
        /// E-mail.
        pub email: String,
        /// Password.
        pub password: String,
        /// Token of an invite, where sign-up is by invite.
        pub invite: Option<String>,
    }
}
