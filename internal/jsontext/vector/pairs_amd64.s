//go:build !noasm

#include "textflag.h"
#include "go_asm.h"

#define FILL(c, z) \
	MOVQ $c, AX \
	VPBROADCASTB AX, z

// func pairLists(p *byte, blocks int, may, is *[128]byte) (size int)
TEXT ·pairLists(SB), NOSPLIT, $0-40
	MOVQ p+0(FP), SI
	MOVQ blocks+8(FP), CX
	MOVQ may+16(FP), AX
	VMOVDQU64 (AX), Z4
	VMOVDQU64 64(AX), Z5
	MOVQ is+24(FP), AX
	VMOVDQU64 (AX), Z6
	VMOVDQU64 64(AX), Z7
	FILL(0x7f, Z3)
	FILL(0x01, Z8)  // isDigit
	FILL(0x02, Z9)  // isPoint
	FILL(0x10, Z10) // isOpen
	FILL(0x30, Z11) // isOpen | isClose
	XORQ R8, R8     // bit 0: a point and digits stand before the block
	XORQ R9, R9     // bit 0: a 0 that begins a number does
	XORQ R10, R10   // depth
	MOVQ $-2, R13   // what stands before the list does not matter

loop:
	VPMINUB (SI), Z3, Z0 // what is not ASCII becomes 0x7f, which is nothing
	VMOVDQU64 -1(SI), Z1
	VPERMI2B Z7, Z6, Z0  // what each byte is
	VPERMI2B Z5, Z4, Z1  // what it may be behind the one before
	VPANDQ Z0, Z1, Z2
	VPTESTNMB Z2, Z2, K1
	VPMOVB2M Z2, K2
	VPTESTMB Z8, Z0, K3
	VPTESTMB Z9, Z0, K4
	VPTESTMB Z11, Z0, K5
	KMOVQ K1, AX
	KMOVQ K2, BX
	KMOVQ K3, DX
	KMOVQ K4, R11
	KMOVQ K5, R12
	ANDQ R13, AX
	MOVQ $-1, R13

	// No digit behind a 0 that begins a number.
	LEAQ (R9)(BX*2), DI
	ANDQ DX, DI
	ORQ DI, AX
	SHRQ $63, BX
	MOVQ BX, R9

	// No point behind a point and digits: the sum carries a bit through them.
	LEAQ (R8)(R11*2), DI
	MOVQ R11, BX
	SHRQ $63, BX
	XORQ R8, R8
	ADDQ DX, DI
	ADCQ BX, R8
	NOTQ DX
	ANDQ DX, DI
	ANDQ R11, DI
	ORQ DI, AX

	TESTQ R12, R12
	JNZ brackets

next:
	TESTQ AX, AX
	JNZ no
	ADDQ $64, SI
	DECQ CX
	JNZ loop

no:
	VZEROUPPER
	MOVQ $0, size+32(FP)
	RET

brackets:
	VPTESTMB Z10, Z0, K6
	KMOVQ K6, BX

bracket:
	BSFQ R12, DI
	BTQ DI, BX
	JCS open
	DECQ R10
	JZ end
	JMP other

open:
	INCQ R10

other:
	LEAQ -1(R12), DI
	ANDQ DI, R12
	JNZ bracket
	CMPQ R10, $const_maxListDepth
	JLS next
	JMP no

end:
	// What follows the last bracket does not matter.
	MOVQ $63, CX
	SUBQ DI, CX
	SHLQ CX, AX
	TESTQ AX, AX
	JNZ no
	LEAQ 1(SI)(DI*1), AX
	SUBQ p+0(FP), AX
	VZEROUPPER
	MOVQ AX, size+32(FP)
	RET
