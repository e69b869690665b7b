"""Text to failure, failure to signature, signatures compared and ranked."""
