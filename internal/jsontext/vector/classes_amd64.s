//go:build !noasm

#include "textflag.h"

// The white space of JSON, at the place of each byte's low four bits.
DATA whites<>+0(SB)/8, $0x0000000000000020
DATA whites<>+8(SB)/8, $0x00000d00000a0900
GLOBL whites<>(SB), RODATA|NOPTR, $16

#define SPLAT(c, x, y) \
	MOVQ $c, AX \
	MOVQ AX, x \
	VPBROADCASTB x, y

// BITS joins the masks of both halves and stores them as the class at off.
#define BITS(off) \
	VPMOVMSKB Y2, AX \
	VPMOVMSKB Y3, BX \
	SHLQ $32, BX \
	ORQ BX, AX \
	MOVQ AX, off(DI)

#define EQUAL(k, off) \
	VPCMPEQB k, Y0, Y2 \
	VPCMPEQB k, Y1, Y3 \
	BITS(off)

// func classifyAVX2(p *byte, n int, out *classes)
TEXT ·classifyAVX2(SB), NOSPLIT, $0-24
	MOVQ p+0(FP), SI
	MOVQ n+8(FP), CX
	MOVQ out+16(FP), DI
	SPLAT(0x30, X8, Y8)
	SPLAT(9, X9, Y9)
	SPLAT(0x2e, X10, Y10)
	SPLAT(0x2c, X11, Y11)
	SPLAT(0x2d, X12, Y12)
	SPLAT(0x5b, X13, Y13)
	SPLAT(0x5d, X14, Y14)
	VBROADCASTI128 whites<>(SB), Y15

loop:
	VMOVDQU (SI), Y0
	VMOVDQU 32(SI), Y1

	// Digits: b-'0' is at most 9, unsigned.
	VPSUBB Y8, Y0, Y2
	VPSUBB Y8, Y1, Y3
	VPMINUB Y9, Y2, Y4
	VPMINUB Y9, Y3, Y5
	VPCMPEQB Y2, Y4, Y2
	VPCMPEQB Y3, Y5, Y3
	BITS(0)
	EQUAL(Y8, 8)
	EQUAL(Y10, 16)
	EQUAL(Y11, 24)
	EQUAL(Y12, 32)
	EQUAL(Y13, 40)
	EQUAL(Y14, 48)

	// White space: the byte equals the one that its low four bits select.
	VPSHUFB Y0, Y15, Y2
	VPSHUFB Y1, Y15, Y3
	VPCMPEQB Y0, Y2, Y2
	VPCMPEQB Y1, Y3, Y3
	BITS(56)
	ADDQ $64, SI
	ADDQ $64, DI
	DECQ CX
	JNZ loop
	VZEROUPPER
	RET

#define SPLAT512(c, y) \
	MOVQ $c, AX \
	VPBROADCASTB AX, y

#define EQUAL512(z, k, off) \
	VPCMPEQB z, Z0, k \
	KMOVQ k, off(DI)

// func classifyAVX512(p *byte, n int, out *classes)
TEXT ·classifyAVX512(SB), NOSPLIT, $0-24
	MOVQ p+0(FP), SI
	MOVQ n+8(FP), CX
	MOVQ out+16(FP), DI
	SPLAT512(0x30, Z8)
	SPLAT512(9, Z9)
	SPLAT512(0x2e, Z10)
	SPLAT512(0x2c, Z11)
	SPLAT512(0x2d, Z12)
	SPLAT512(0x5b, Z13)
	SPLAT512(0x5d, Z14)
	VBROADCASTI32X4 whites<>(SB), Z15

loop512:
	VMOVDQU64 (SI), Z0
	VPSUBB Z8, Z0, Z2
	VPCMPUB $2, Z9, Z2, K1 // at most 9
	KMOVQ K1, 0(DI)
	EQUAL512(Z8, K2, 8)
	EQUAL512(Z10, K3, 16)
	EQUAL512(Z11, K4, 24)
	EQUAL512(Z12, K5, 32)
	EQUAL512(Z13, K6, 40)
	EQUAL512(Z14, K7, 48)
	VPSHUFB Z0, Z15, Z2
	EQUAL512(Z2, K1, 56)
	ADDQ $64, SI
	ADDQ $64, DI
	DECQ CX
	JNZ loop512
	VZEROUPPER
	RET
