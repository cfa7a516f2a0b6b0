package dev.pontoon.hostlocal;

import dev.pontoon.protocol.Ip;

/** An address that is not free, and who holds it. */
record Lease(Ip address, Holder holder) {}
