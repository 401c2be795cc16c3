"""The composition root: which task queues this process serves."""
