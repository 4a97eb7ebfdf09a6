"""What a request means: values and the one-way path, without sockets, files or clocks."""
