"""A training run: trainers, what watches them, the folder that a run can be continued from."""
