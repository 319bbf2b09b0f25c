//! Whole calls through the real switch and the real dialplan, with applications just big enough to test with.

mod apps;
mod desk;
mod dialplan;
mod measure;
