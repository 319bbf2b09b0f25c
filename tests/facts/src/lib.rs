//! The fact tables of the three interfaces, as data with typed readers.
