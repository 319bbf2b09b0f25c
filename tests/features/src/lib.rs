//! Nothing but dependencies: with the features that the workspace's tests ask of libraries, so that programs and tests are
//! built on one build of each. Programs of the workspace alone are: a package built by itself has what it asks.
