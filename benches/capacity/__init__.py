"""How many pods a load needs, and what the autoscaler makes of it: the capacity model of the load lab."""

from capacity.study import Figure, Measured, Study, Table, study

__all__ = ["Figure", "Measured", "Study", "Table", "study"]
