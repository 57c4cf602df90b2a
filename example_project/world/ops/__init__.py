"""Sessions, streams and tasks: the part of the world that ``example_project.ops`` holds."""
