"""A Modbus server on pymodbus: modbus-server.py tcp PORT IMAGE | rtu TTY IMAGE

IMAGE is a JSON file: unit id to {"coils", "discrete", "holding", "input"}, each an object from the
first address of a run to its values. What no run covers is an illegal address; a unit that is not
named does not answer.
"""
import asyncio
import json
import sys

from pymodbus.datastore import ModbusServerContext, ModbusSlaveContext, ModbusSparseDataBlock
from pymodbus.server import StartAsyncSerialServer, StartAsyncTcpServer
from pymodbus.transaction import ModbusRtuFramer


def block(runs):
    return ModbusSparseDataBlock({int(first): values for first, values in (runs or {}).items()})


def slave(tables):
    return ModbusSlaveContext(
        co=block(tables.get("coils")),
        di=block(tables.get("discrete")),
        hr=block(tables.get("holding")),
        ir=block(tables.get("input")),
        zero_mode=True,
    )


kind, where, image = sys.argv[1:4]
with open(image, encoding="utf-8") as file:
    units = {int(unit): slave(tables) for unit, tables in json.load(file).items()}
context = ModbusServerContext(slaves=units, single=False)
if kind == "tcp":
    asyncio.run(
        StartAsyncTcpServer(
            context=context, address=("127.0.0.1", int(where)), allow_reuse_address=True
        )
    )
else:
    asyncio.run(
        StartAsyncSerialServer(
            context=context, framer=ModbusRtuFramer, port=where, baudrate=9600, timeout=1
        )
    )
