//! Every operation of the interface.
