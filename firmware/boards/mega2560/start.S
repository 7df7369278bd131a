; Reset for an ATmega2560 behind any boot loader: vectors, stack, watchdog, .data and .bss, then main.
; Never assumes that registers, RAM or the watchdog are as after power-on.
#include <avr/io.h>

        .section .vectors, "ax", @progbits
        .global jr_vectors
jr_vectors:
        jmp     jr_reset
        .altmacro
        .macro  slot number
        .weak   __vector_\number
        .set    __vector_\number, jr_unexpected
        jmp     __vector_\number
        .endm
        .set    slot_number, 1
        .rept   56                      ; ATmega2560: 57 vectors with reset
        slot    %slot_number
        .set    slot_number, slot_number + 1
        .endr

        .section .start, "ax", @progbits
jr_reset:
        cli
        clr     r1                      ; the compiler's zero register
        out     _SFR_IO_ADDR(SREG), r1
        ldi     r28, lo8(RAMEND)
        ldi     r29, hi8(RAMEND)
        out     _SFR_IO_ADDR(SPH), r29
        out     _SFR_IO_ADDR(SPL), r28
        out     _SFR_IO_ADDR(RAMPZ), r1 ; a boot loader that wrote above 64 KiB leaves these set
        out     _SFR_IO_ADDR(EIND), r1

        ; A boot loader's watchdog survives the jump; WDRF forces WDE on, so clear it first.
        wdr
        in      r16, _SFR_IO_ADDR(MCUSR)
        andi    r16, ~(1 << WDRF)
        out     _SFR_IO_ADDR(MCUSR), r16
        lds     r16, WDTCSR
        ori     r16, (1 << WDCE) | (1 << WDE)
        sts     WDTCSR, r16
        sts     WDTCSR, r1

        ldi     r17, hi8(jr_data_end)
        ldi     r26, lo8(jr_data_start)
        ldi     r27, hi8(jr_data_start)
        ldi     r30, lo8(jr_data_load)
        ldi     r31, hi8(jr_data_load)
        rjmp    2f
1:      lpm     r0, Z+
        st      X+, r0
2:      cpi     r26, lo8(jr_data_end)
        cpc     r27, r17
        brne    1b

        ldi     r17, hi8(jr_bss_end)
        ldi     r26, lo8(jr_bss_start)
        ldi     r27, hi8(jr_bss_start)
        rjmp    4f
3:      st      X+, r1
4:      cpi     r26, lo8(jr_bss_end)
        cpc     r27, r17
        brne    3b

        call    main
        ; main does not return; an interrupt that nobody asked for stops here too, visibly silent.
jr_unexpected:
        cli
5:      rjmp    5b

        ; The compiler asks for these by name; the work is done above.
        .global __do_copy_data
        .global __do_clear_bss
        .set    __do_copy_data, 0
        .set    __do_clear_bss, 0
