package dev.counterweight.speed;

/**
 * What one run of a process took.
 *
 * @param wallS from its start to its end
 * @param cpuS user and system time, its own and its children's
 * @param brokerS that of the broker meanwhile
 * @param others share of the machine's processors that neither of the two had, nor this program
 * @param residentKib the most memory that it had resident
 */
record Usage(double wallS, double cpuS, double brokerS, double others, long residentKib) {}
