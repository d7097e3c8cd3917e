"""A simulated SDI-12 bus behind a TCP or serial gateway, written for these tests from the standard
(SDI-12 Support Group, version 1.4): Debian has no sensor of another hand.

sdi12-simulator.py tcp PORT BUS | serial TTY BUS

BUS is a JSON file: {"echo": bool, "sensors": {address: {"id", "measurements": {"": [ttt, [pages]], "1": …},
"fault": [kind, times]}}}. A page is a list of values as text. Kinds of fault, for the first `times`
lines that the sensor would send (-1: for ever): silent, half, checksum, garbage, other, nothing.
The port that was taken is printed.
"""
import json
import os
import socket
import sys
import threading
import tty


def checksum(text):
    crc = 0
    for character in text:
        crc ^= ord(character)
        for _ in range(8):
            crc = (crc >> 1) ^ 0xA001 if crc & 1 else crc >> 1
    return "".join(chr(0x40 | (crc >> shift) & 0x3F) for shift in (12, 6, 0))


class Sensor:
    def __init__(self, address, settings):
        self.address = address
        self.settings = settings
        self.pages = []
        self.crc = False
        self.kind, self.times = settings.get("fault", ["none", 0])

    def answer(self, command):
        """The text of the answer without its end, and after how many seconds the sensor calls."""
        if command == "I":
            return self.settings["id"], None
        if command[:1] == "M":
            self.crc = command[1:2] == "C"
            number = command[2:] if self.crc else command[1:]
            if number not in self.settings["measurements"]:
                return "0000", None
            seconds, self.pages, *call = self.settings["measurements"][number]
            count = sum(len(page) for page in self.pages)
            self.pages = self.pages if self.kind != "nothing" else []
            return f"{seconds:03d}{count}", (call or [0.05])[0] if seconds else None
        if command[:1] == "D":
            page = int(command[1:])
            return "".join(self.pages[page]) if page < len(self.pages) else "", None
        return "", None

    def lines(self, command):
        text, call = self.answer(command)
        line = self.address + text
        if command[:1] == "D" and self.crc:
            line += checksum(line)
        whole = (line + "\r\n").encode("latin1")
        if self.times == 0 or (command == "I"):
            return whole, call
        self.times -= 1
        if self.kind == "silent":
            return b"", None
        if self.kind == "half":
            return whole[: len(whole) // 2], None
        if self.kind == "checksum" and command[:1] == "D":
            return whole[:-3] + (b"?" if whole[-3:-2] != b"?" else b"@") + whole[-2:], call
        if self.kind == "garbage":
            return b"\x00\xff?!x7\r\n", None
        if self.kind == "other":
            return b"z" + whole[1:], None
        return whole, call


def serve(read, write, bus):
    sensors = {a: Sensor(a, settings) for a, settings in bus["sensors"].items()}
    pending = ""
    while True:
        data = read()
        if not data:
            return
        pending += data.decode("latin1")
        while "!" in pending:
            command, pending = pending.split("!", 1)
            if bus.get("echo"):
                write((command + "!").encode("latin1"))
            sensor = sensors.get(command[:1])
            if sensor is None:
                continue
            line, call = sensor.lines(command[1:])
            write(line)
            if call is not None:
                request = (sensor.address + "\r\n").encode("latin1")
                threading.Timer(call, write, [request]).start()


kind, where, file = sys.argv[1:4]
with open(file, encoding="utf-8") as opened:
    settings = json.load(opened)
if kind == "tcp":
    server = socket.create_server(("127.0.0.1", int(where)))
    print(server.getsockname()[1], flush=True)
    while True:
        client, _ = server.accept()

        def send(data, client=client):
            try:
                client.sendall(data)
            except OSError:
                pass

        threading.Thread(
            target=serve, args=(lambda client=client: client.recv(256), send, settings), daemon=True
        ).start()
else:
    line = os.open(where, os.O_RDWR | os.O_NOCTTY)
    tty.setraw(line)
    print(where, flush=True)
    serve(lambda: os.read(line, 256), lambda data: os.write(line, data), settings)
