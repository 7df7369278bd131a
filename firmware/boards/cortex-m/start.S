@ Reset for a Cortex-M4F: vectors, FPU, .data and .bss, then main; what a linker script must name.
@ Never assumes that a boot loader left the FPU on or RAM clear.
        .file   "start.S"               @ else the linker notes a temporary file's name, ever another
        .syntax unified
        .cpu    cortex-m4
        .thumb

        .altmacro
        .macro  slot number
        .weak   jr_irq_\number
        .thumb_set jr_irq_\number, jr_stop
        .word   jr_irq_\number
        .endm

        .section .vectors, "a", %progbits
        .global jr_vectors
jr_vectors:
        .word   jr_stack_top
        .word   jr_reset
        .rept   5                       @ NMI, HardFault, MemManage, BusFault, UsageFault
        .word   jr_stop
        .endr
        .word   0, 0, 0, 0
        .word   jr_stop, jr_stop, 0, jr_stop    @ SVCall, DebugMonitor, PendSV
        .weak   jr_systick
        .thumb_set jr_systick, jr_stop
        .word   jr_systick
        .set    slot_number, 0
        .rept   32
        slot    %slot_number
        .set    slot_number, slot_number + 1
        .endr

        .section .text.start, "ax", %progbits
        .global jr_reset
        .thumb_func
        .type   jr_reset, %function
jr_reset:
        cpsid   i
        ldr     r0, =jr_stack_top       @ a boot loader's Go need not have set it
        mov     sp, r0
        ldr     r0, =0xE000ED88         @ CPACR: full access to coprocessors 10 and 11, the FPU
        ldr     r1, [r0]
        orr     r1, r1, #(0xF << 20)
        str     r1, [r0]
        dsb
        isb

        ldr     r0, =jr_data_start
        ldr     r1, =jr_data_end
        ldr     r2, =jr_data_load
        b       2f
1:      ldr     r3, [r2], #4
        str     r3, [r0], #4
2:      cmp     r0, r1
        blo     1b

        ldr     r0, =jr_bss_start
        ldr     r1, =jr_bss_end
        movs    r3, #0
        b       4f
3:      str     r3, [r0], #4
4:      cmp     r0, r1
        blo     3b

        cpsie   i
        bl      main
        @ main does not return; a fault or an interrupt that nobody asked for stops here too, visibly
        @ silent, and awake, as a crashed program draws.
        .thumb_func
        .type   jr_stop, %function
jr_stop:
        cpsid   i
5:      b       5b
