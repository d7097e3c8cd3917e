"""A mail server: takes mails over SMTP and prints each as a line of JSON.

usage: smtp-server.py PORT [--cert FILE --key FILE] [--tls starttls|implicit] [--user NAME --password TEXT]
                      [--refuse ADDRESS]...
"""

import argparse
import email
import email.policy
import json
import ssl
import sys
import threading

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

options = argparse.ArgumentParser()
options.add_argument("port", type=int)
options.add_argument("--cert")
options.add_argument("--key")
options.add_argument("--tls", choices=["starttls", "implicit"])
options.add_argument("--user")
options.add_argument("--password")
options.add_argument("--refuse", action="append", default=[])
given = options.parse_args()


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        if address in given.refuse:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        if "refuse-me" in mail.get_content():
            return "554 content refused"
        line = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "subject": mail["subject"],
            "text": mail.get_content(),
            "messageId": mail["message-id"],
            "references": mail["references"],
            "importance": mail["importance"],
            # aiosmtpd notes in the session what STARTTLS began; a port of TLS alone knows nothing else.
            "encrypted": session.ssl is not None or given.tls == "implicit",
            "user": session.auth_data.login.decode() if session.authenticated else None,
        }
        print(json.dumps(line), flush=True)
        return "250 taken"


def authenticate(server, session, envelope, mechanism, auth_data):
    right = auth_data.login.decode() == given.user and auth_data.password.decode() == given.password
    return AuthResult(success=right, auth_data=auth_data)


class Server(Controller):
    def factory(self):
        settings = {}
        if given.tls == "starttls":
            settings = {"tls_context": context, "require_starttls": True}
        if given.user:
            settings |= {
                "authenticator": authenticate,
                "auth_required": True,
                "auth_require_tls": given.tls == "starttls",
            }
        return SMTP(self.handler, **settings)


context = None
if given.tls:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(given.cert, given.key)
wrapped = {"ssl_context": context} if given.tls == "implicit" else {}
server = Server(Handler(), hostname="127.0.0.1", port=given.port, **wrapped)
server.start()
print("listening", file=sys.stderr, flush=True)
threading.Event().wait()
