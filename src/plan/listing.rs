//! The plan as a readable program.
