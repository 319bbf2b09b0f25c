//! The Manager interface (AMI): wire, sessions, authentication, filters; one file per action, one per event family.

pub mod event;
