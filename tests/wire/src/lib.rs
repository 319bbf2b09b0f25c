//! An independent checker of everything the three interfaces say, and the comparison of whole calls with recorded ones.
