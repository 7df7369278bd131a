/* The `db` command: what the model is to see, loaded in hexadecimal pieces.
 * Never writes past the size that was declared; a refused load leaves the last one as it was. */
#ifndef JR_APP_INPUT_BUFFER_H
#define JR_APP_INPUT_BUFFER_H

/** `words`: what followed `db`, 0-terminated words, `count` of them. Prints its own answer. */
void input_buffer_command(char* const* words, unsigned char count);

#endif
