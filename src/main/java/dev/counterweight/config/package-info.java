/** One immutable record a role, read from a properties file that Kafka's ConfigDef declares. */
@NullMarked
package dev.counterweight.config;

import org.jspecify.annotations.NullMarked;
