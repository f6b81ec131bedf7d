/** How a role runs a Kafka Streams topology: its life, its clients, and what is mended how. */
@NullMarked
package dev.counterweight.streams;

import org.jspecify.annotations.NullMarked;
