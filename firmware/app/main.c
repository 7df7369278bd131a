/* The image: start the board, say hello, then sleep until a byte comes.
 * Never returns. */
#include "firmware/app/harness.h"
#include "firmware/boards/board.h"

int main(void) {
  board_init();
  harness_start();
  for (;;) {
    const int byte = board_getc();
    if (byte < 0)
      board_sleep_until_rx();
    else
      harness_feed((char)byte);
  }
}
