//! What plays while a flow does something else: how is it held, moved about in, stopped?

use std::time::Duration;

use crate::bindings::flow::ucx::call::media as raw;
use crate::bindings::types::{Error, Played};
use crate::media::millis;

/// Something that plays. Dropped, it plays on to its end. Its end is also an event, `playback.ended`.
pub struct Playing(Box<dyn Sound>);

/// What stands behind a playback.
pub(crate) trait Sound {
    fn stop(&self) -> Result<(), Error>;
    fn pause(&self) -> Result<(), Error>;
    fn resume(&self) -> Result<(), Error>;
    fn seek(&self, position: Duration) -> Result<(), Error>;
    fn position(&self) -> Result<Duration, Error>;
    fn wait(&self, time: Duration) -> Result<Played, Error>;
}

impl Playing {
    pub(crate) fn new(sound: impl Sound + 'static) -> Self {
        Self(Box::new(sound))
    }

    /// Stops it.
    pub fn stop(&self) -> Result<(), Error> {
        self.0.stop()
    }

    /// Holds it where it is.
    pub fn pause(&self) -> Result<(), Error> {
        self.0.pause()
    }

    /// Lets it go on from there.
    pub fn resume(&self) -> Result<(), Error> {
        self.0.resume()
    }

    /// Goes to a place in it, from its beginning.
    pub fn seek(&self, position: Duration) -> Result<(), Error> {
        self.0.seek(position)
    }

    /// How far it is.
    pub fn position(&self) -> Result<Duration, Error> {
        self.0.position()
    }

    /// Waits so long for its end; [`Error::Timeout`] while it plays.
    pub fn wait(&self, time: Duration) -> Result<Played, Error> {
        self.0.wait(time)
    }
}

impl Sound for raw::Playback {
    fn stop(&self) -> Result<(), Error> {
        Self::stop(self)
    }

    fn pause(&self) -> Result<(), Error> {
        Self::pause(self)
    }

    fn resume(&self) -> Result<(), Error> {
        Self::resume(self)
    }

    fn seek(&self, position: Duration) -> Result<(), Error> {
        Self::seek(self, millis(position))
    }

    fn position(&self) -> Result<Duration, Error> {
        Self::position(self).map(|position| Duration::from_millis(position.into()))
    }

    fn wait(&self, time: Duration) -> Result<Played, Error> {
        Self::wait(self, millis(time))
    }
}
