//! Portico: the edge gateway of an event reception.
