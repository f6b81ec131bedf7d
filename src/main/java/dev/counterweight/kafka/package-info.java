/** How a log is read and written: clients, topics, rights, retries, each idea once. */
@NullMarked
package dev.counterweight.kafka;

import org.jspecify.annotations.NullMarked;
