"""What connects the log with other packages; nothing here is imported unless you import it."""
