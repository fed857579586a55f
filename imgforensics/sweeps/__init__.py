"""Many runs of one question: the points of a sweep, their processes, and the table they make."""
