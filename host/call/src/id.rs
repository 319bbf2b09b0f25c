//! Small integers that name things inside the host; what clients see (`Uniqueid`, names) is rendered once at birth.

use std::fmt;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id!(
    /// One channel, for as long as the process runs; never used again.
    ChannelId
);
id!(
    /// One bridge, for as long as the process runs; never used again.
    BridgeId
);
id!(
    /// One attempt to reach somebody: a dial or an originate, over all its legs.
    DialId
);
id!(
    /// One playback on one channel.
    PlaybackId
);
id!(
    /// One recording of a channel or bridge.
    RecordingId
);
