"""A fake of Twilio's Messages resource, API version 2010-04-01.

Start it with `python -m apps.notifications.fakes.twilio --port 12112`.
"""
