//! Numbered refusals and close codes, the same over REST, the live socket and in the page.
//!
//! Ranges: 1000 people and access · 2000 channel commands · 3000 uploads and media · 4000 close codes of the
//! socket (WebSocket's private range) · 5000 the server itself.

/// Why something was refused. A number is never used again for something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u16)]
pub enum Code {
    /// A value is not acceptable; the detail says which.
    Invalid = 1001,
    /// Not signed in.
    SignInNeeded = 1002,
    /// Signed in, but without the right.
    Forbidden = 1003,
    /// Not there, or not for this person.
    NotFound = 1004,
    /// Forged or missing origin.
    OriginRefused = 1005,
    /// Too many tries.
    TooManyTries = 1006,
    /// Somebody else was faster, or it is there already.
    Conflict = 1007,
    /// Name not acceptable.
    NameInvalid = 1008,
    /// Body too large.
    TooLarge = 1009,
    /// Body not understood.
    Malformed = 1010,
    /// Method not available at this address.
    MethodNotAllowed = 1011,
    /// Wrong e-mail or password.
    CredentialsWrong = 1101,
    /// Password too short, too long or too common.
    PasswordWeak = 1102,
    /// E-mail in use.
    EmailTaken = 1103,
    /// Sign-up is not open.
    SignupClosed = 1104,
    /// Password check queue full.
    SignInBusy = 1105,
    /// Setup link used, wrong or expired.
    SetupInvalid = 1201,
    /// Setup is done.
    SetupDone = 1202,
    /// Invite expired.
    InviteExpired = 1203,
    /// Invite used up.
    InviteUsedUp = 1204,
    /// Invite unknown or withdrawn.
    InviteUnknown = 1205,
    /// Frame could not be decoded.
    FrameMalformed = 2001,
    /// Frame larger than allowed.
    FrameTooLarge = 2002,
    /// Command unknown to this server.
    CommandUnknown = 2003,
    /// Operation id too old, from the future, or not of version 7.
    OperationStale = 2004,
    /// Too many frames.
    RateLimited = 2005,
    /// The channel's log could not be written; the same operation may be tried again.
    LogUnavailable = 2006,
    /// Message empty or too long.
    MessageInvalid = 2101,
    /// Seek outside the video.
    SeekOutside = 2201,
    /// No video on the timeline.
    NoVideo = 2202,
    /// Speed outside the range.
    SpeedOutside = 2203,
    /// The video cannot be played (yet).
    VideoNotPlayable = 2204,
    /// Queue full.
    QueueFull = 2301,
    /// Queue entry gone.
    QueueItemGone = 2302,
    /// The last owner stays.
    LastOwner = 2401,
    /// Channel full.
    ChannelFull = 2402,
    /// Hello expected first.
    HelloExpected = 2501,
    /// Protocol version not spoken here.
    ProtocolUnsupported = 2502,
    /// The file is empty.
    FileEmpty = 3001,
    /// The file is not a video or of a kind that is not taken.
    FileNotVideo = 3002,
    /// The file is damaged or cut short.
    FileDamaged = 3003,
    /// Size, length, pixels, rate or tracks above the limits.
    MediaTooLarge = 3004,
    /// No room on the disk, or the quota is used up.
    StorageFull = 3005,
    /// The upload is unknown or was swept.
    UploadUnknown = 3006,
    /// The offset is not where the upload stands.
    UploadOffset = 3007,
    /// Checksum of a part differs.
    UploadChecksum = 3008,
    /// Encoding failed on the server's side.
    EncodingFailed = 3009,
    /// ffmpeg is missing.
    FfmpegMissing = 3010,
    /// The sandbox cannot be had here.
    SandboxMissing = 3011,
    /// The segment is not there yet.
    SegmentPending = 3012,
    /// tus version not spoken.
    TusVersion = 3013,
    /// tus and parts are not mixed on one upload.
    UploadWay = 3020,
    /// Bytes that are there already come again and differ.
    UploadChanged = 3021,
    /// The room that the instance sets aside for media is used up.
    QuotaUsedUp = 3022,
    /// Captions that cannot be read; the detail names the line.
    CaptionsMalformed = 3101,
    /// More captions than a version holds.
    CaptionsFull = 3102,
    /// Close: frame malformed.
    CloseMalformed = 4400,
    /// Close: sign in again; do not reconnect by yourself.
    CloseSignIn = 4401,
    /// Close: the right was taken away; do not reconnect by yourself.
    CloseForbidden = 4403,
    /// Close: too slow; reconnect and resume.
    CloseSlow = 4408,
    /// Close: a newer connection of the same client has taken its place; reconnect and resume if it was not yours.
    CloseReplaced = 4409,
    /// Close: the channel is gone; do not reconnect by yourself.
    CloseGone = 4410,
    /// Close: frame too large.
    CloseTooLarge = 4413,
    /// Close: too many frames.
    CloseRateLimited = 4429,
    /// Something broke on the server's side.
    Internal = 5001,
    /// Not ready or draining.
    Unavailable = 5002,
}

impl Code {
    /// Every code.
    pub const ALL: &'static [Code] = &[
        Code::Invalid,
        Code::SignInNeeded,
        Code::Forbidden,
        Code::NotFound,
        Code::OriginRefused,
        Code::TooManyTries,
        Code::Conflict,
        Code::NameInvalid,
        Code::TooLarge,
        Code::Malformed,
        Code::MethodNotAllowed,
        Code::CredentialsWrong,
        Code::PasswordWeak,
        Code::EmailTaken,
        Code::SignupClosed,
        Code::SignInBusy,
        Code::SetupInvalid,
        Code::SetupDone,
        Code::InviteExpired,
        Code::InviteUsedUp,
        Code::InviteUnknown,
        Code::FrameMalformed,
        Code::FrameTooLarge,
        Code::CommandUnknown,
        Code::OperationStale,
        Code::RateLimited,
        Code::LogUnavailable,
        Code::MessageInvalid,
        Code::SeekOutside,
        Code::NoVideo,
        Code::SpeedOutside,
        Code::VideoNotPlayable,
        Code::QueueFull,
        Code::QueueItemGone,
        Code::LastOwner,
        Code::ChannelFull,
        Code::HelloExpected,
        Code::ProtocolUnsupported,
        Code::FileEmpty,
        Code::FileNotVideo,
        Code::FileDamaged,
        Code::MediaTooLarge,
        Code::StorageFull,
        Code::UploadUnknown,
        Code::UploadOffset,
        Code::UploadChecksum,
        Code::EncodingFailed,
        Code::FfmpegMissing,
        Code::SandboxMissing,
        Code::SegmentPending,
        Code::TusVersion,
        Code::UploadWay,
        Code::UploadChanged,
        Code::QuotaUsedUp,
        Code::CaptionsMalformed,
        Code::CaptionsFull,
        Code::CloseMalformed,
        Code::CloseSignIn,
        Code::CloseForbidden,
        Code::CloseSlow,
        Code::CloseReplaced,
        Code::CloseGone,
        Code::CloseTooLarge,
        Code::CloseRateLimited,
        Code::Internal,
        Code::Unavailable,
    ];

    /// The number.
    #[must_use]
    pub fn number(self) -> u16 {
        self as u16
    }

    /// A sentence for people: what happened and what to do. The number is added where it is shown.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        match self {
            Code::Invalid => "A value is not acceptable. Change it and send again.",
            Code::SignInNeeded => "You are not signed in. Sign in and try again.",
            Code::Forbidden => "You do not have the right to do this. Ask an owner of the channel.",
            Code::NotFound => {
                "There is nothing here, or it is not open to you. Check the address or ask for an invite."
            }
            Code::OriginRefused => {
                "The request came from another site and was refused. Open Genlock at its own address."
            }
            Code::TooManyTries => "Too many tries. Wait a little and try again.",
            Code::Conflict => "It has changed meanwhile. Look at the new state and try again.",
            Code::NameInvalid => "Use a name of 1 to 50 visible characters.",
            Code::TooLarge => "The request is too large. Send less at once.",
            Code::Malformed => "The request could not be understood. Check its format.",
            Code::MethodNotAllowed => "This address does not take that method. Check the API reference.",
            Code::CredentialsWrong => "The e-mail or the password is wrong. Check both and try again.",
            Code::PasswordWeak => "Choose a password of 10 to 128 characters that is not a common one.",
            Code::EmailTaken => "This e-mail has an account already. Sign in instead.",
            Code::SignupClosed => "New accounts need an invite here. Ask somebody who is in.",
            Code::SignInBusy => "Many people are signing in. Try again in a few seconds.",
            Code::SetupInvalid => {
                "This setup link is not valid any more. Start the server again to get a new one."
            }
            Code::SetupDone => "This instance has an owner already. Sign in instead.",
            Code::InviteExpired => "This invite has expired. Ask for a new one.",
            Code::InviteUsedUp => "This invite has been used up. Ask for a new one.",
            Code::InviteUnknown => "This invite is not known here or was withdrawn. Ask for a new one.",
            Code::FrameMalformed => "The message could not be understood. Reload the page.",
            Code::FrameTooLarge => "The message is too large. Send a shorter one.",
            Code::CommandUnknown => "This server does not know that command. Reload the page.",
            Code::OperationStale => "This change is too old to be taken. Do it again.",
            Code::RateLimited => "That was too fast. Wait a moment.",
            Code::LogUnavailable => "The change could not be stored. It will be tried again.",
            Code::MessageInvalid => "Write between 1 and 4,000 characters.",
            Code::SeekOutside => "That place is outside the video. Choose one within it.",
            Code::NoVideo => "There is no video yet. Choose one from the library.",
            Code::SpeedOutside => "Choose a speed from a quarter to double.",
            Code::VideoNotPlayable => "This video cannot be played yet. Wait until it is prepared.",
            Code::QueueFull => "The queue is full. Take something out first.",
            Code::QueueItemGone => "This entry is no longer in the queue.",
            Code::LastOwner => "A channel needs an owner. Make somebody else owner first.",
            Code::ChannelFull => "The channel is full. Try again later.",
            Code::HelloExpected => "The first message must be hello.",
            Code::ProtocolUnsupported => {
                "This page and the server speak different versions. Reload the page."
            }
            Code::FileEmpty => "The file is empty. Choose another one.",
            Code::FileNotVideo => {
                "This file is not a video that Genlock can read. Choose an MP4, MOV, MKV, WebM or TS file."
            }
            Code::FileDamaged => {
                "The file is damaged or cut short. Export or copy it again and upload the new file."
            }
            Code::MediaTooLarge => {
                "The video is beyond what this instance takes. Export it shorter or smaller."
            }
            Code::StorageFull => {
                "There is no room left for this file. Remove something or ask who runs this instance."
            }
            Code::UploadUnknown => "This upload is not known any more. Start it again.",
            Code::UploadOffset => "The upload stands elsewhere. Ask for its offset and go on from there.",
            Code::UploadChecksum => "A part arrived damaged. Send it again.",
            Code::EncodingFailed => {
                "The video could not be prepared. Try again, or upload another export of it."
            }
            Code::FfmpegMissing => {
                "Videos cannot be prepared because ffmpeg is missing on the server. Ask who runs it to install ffmpeg."
            }
            Code::SandboxMissing => {
                "Uploads are off because the server cannot shield itself from harmful files. Ask who runs it."
            }
            Code::SegmentPending => "This part of the video is being prepared. Try again in a moment.",
            Code::TusVersion => "Speak tus 1.0.0.",
            Code::UploadWay => "This upload began in another way. Go on as it began, or begin a new one.",
            Code::UploadChanged => "The file has changed since its upload began. Upload it again.",
            Code::QuotaUsedUp => {
                "The room for videos on this instance is used up. Remove some or ask who runs it for more."
            }
            Code::CaptionsMalformed => "These captions cannot be read. Correct the file and add it again.",
            Code::CaptionsFull => "This video has as many captions as it can hold. Remove some first.",
            Code::CloseMalformed => "The connection sent something that could not be understood.",
            Code::CloseSignIn => "Your session has ended. Sign in again.",
            Code::CloseForbidden => "You are no longer in this channel.",
            Code::CloseSlow => "The connection was too slow and will resume.",
            Code::CloseReplaced => "A newer connection of the same client has taken its place.",
            Code::CloseGone => "This channel is gone.",
            Code::CloseTooLarge => "The connection sent something too large.",
            Code::CloseRateLimited => "The connection sent too much.",
            Code::Internal => "Something went wrong on the server. Try again; if it stays, tell who runs it.",
            Code::Unavailable => "The server is not ready. Try again in a moment.",
        }
    }

    /// Whether the same operation may succeed when sent again as it is.
    #[must_use]
    pub fn retryable(self) -> bool {
        matches!(
            self,
            Code::TooManyTries
                | Code::SignInBusy
                | Code::RateLimited
                | Code::LogUnavailable
                | Code::SegmentPending
                | Code::CloseSlow
                | Code::CloseReplaced
                | Code::Internal
                | Code::Unavailable
        )
    }
}
