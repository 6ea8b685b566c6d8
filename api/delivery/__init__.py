"""Delivery: notices to the outside world, by e-mail and by signed webhooks."""
