/** What every role needs to live: a lifecycle, metrics and their HTTP endpoint. */
@NullMarked
package dev.counterweight.runtime;

import org.jspecify.annotations.NullMarked;
