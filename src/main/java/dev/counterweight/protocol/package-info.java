/** What the roles tell each other: topics, spans, failures, schemas that must agree. */
@NullMarked
package dev.counterweight.protocol;

import org.jspecify.annotations.NullMarked;
