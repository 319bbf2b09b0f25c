//! Whole calls through the real switch and the real dialplan, with applications just big enough to test with.

mod apps;
mod desk;
mod dialplan;
mod line;
mod measure;
mod originate;
mod scopes;
mod states;
