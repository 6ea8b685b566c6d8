"""Live updates: subscriptions over server-sent events and websockets."""
