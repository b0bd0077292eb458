"""What is borrowed from uvicorn's connection for HTTP/1.1, with bounds on what a caller may do.

`connection` overrides methods that are not uvicorn's public interface, so an upgrade may
break it: `tests/service/test_connections.py` has a test for each. What belongs to the
server as a whole is in `bentoml_adapter`.
"""
