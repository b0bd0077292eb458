"""The words of other protocols, one file each: a request in, a reply and an error out.

They know texts and predictions, and nothing of keys, queues and engines.
"""
