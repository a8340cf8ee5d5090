//! What a person may do in a channel, over REST: looks up the role and asks the one permission function
//! `room::authorize::can` (law 8). A channel that is not open to the asker is "not found".
