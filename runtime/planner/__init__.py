"""The planner: pure functions from measurements to a plan and its predicted timeline."""
