/* The MLPerf Tiny serial grammar on top of a board and a model.
 * Never overruns a buffer, whatever the host sends. */
#ifndef JR_APP_HARNESS_H
#define JR_APP_HARNESS_H

#ifdef __cplusplus
extern "C" {
#endif

/** Prints the boot lines: mode, one timestamp, m-init-done, m-ready. */
void harness_start(void);

/** Takes one received byte; `%` ends a command and runs it, answers included. */
void harness_feed(char c);

#ifdef __cplusplus
}
#endif
#endif
