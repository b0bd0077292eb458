"""A listening socket that takes no new connection and still has those that it took accepted."""

import ctypes
import socket
import struct
import sys

_SO_ATTACH_FILTER = 26  # asm-generic/socket.h

# A program for classic BPF (linux/filter.h), which reads a packet from its TCP header on:
# instruction, lines to skip if true, if false, operand.
_DROP_SYN = (
    (0x30, 0, 0, 13),  # load the byte of the flags
    (0x54, 0, 0, 0x12),  # of which SYN and ACK
    (0x15, 0, 1, 0x02),  # if SYN alone is set
    (0x06, 0, 0, 0),  # drop the packet
    (0x06, 0, 0, 0xFFFFFFFF),  # else keep all of it
)


def take_no_new_connection(listening: socket.socket) -> bool:
    """Have the kernel drop the first packet of each further connection; return whether it can.

    A caller sends it again after a second (RFC 6298), and is refused if the socket has been
    closed by then. Without this, the kernel takes connections up to the moment in which a
    socket is closed, and resets those that have not been accepted, with what was asked on them.
    Only Linux can (socket(7)), for every process that has the socket.
    """
    if sys.platform != "linux":
        return False
    program = b"".join(struct.pack("HBBI", *instruction) for instruction in _DROP_SYN)
    kept = ctypes.create_string_buffer(program, len(program))
    try:
        listening.setsockopt(
            socket.SOL_SOCKET,
            _SO_ATTACH_FILTER,
            struct.pack("HP", len(_DROP_SYN), ctypes.addressof(kept)),
        )
    except OSError:  # a sandbox that is no Linux
        return False
    return True
