//! The Gateway interface (AGI, FastAGI, AsyncAGI): a program takes part in call processing; one file per command.
