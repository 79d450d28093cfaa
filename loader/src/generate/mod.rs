//! Makes the data set: the fourteen CSV files of an Atelier shop, at any scale, the same bytes for the same seed.
