package onnx

import (
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// Attribute is a setting of an operator, an AttributeProto.
type Attribute []byte

// The numbers of AttributeProto.AttributeType.
const (
	kindFloat, kindInt, kindString, kindInts = 1, 2, 3, 7
)

// Int is an integer.
func Int(name string, v int64) Attribute {
	return integer(integer(text(nil, 1, name), 3, v), 20, kindInt)
}

// Number is a float32.
func Number(name string, v float64) Attribute {
	m := protowire.AppendTag(text(nil, 1, name), 2, protowire.Fixed32Type)
	return integer(protowire.AppendFixed32(m, math.Float32bits(float32(v))), 20, kindFloat)
}

// Text is a text.
func Text(name, v string) Attribute {
	return integer(text(text(nil, 1, name), 4, v), 20, kindString)
}

// Ints is a list of integers.
func Ints(name string, v ...int64) Attribute {
	m := text(nil, 1, name)
	for _, x := range v {
		m = integer(m, 8, x)
	}
	return integer(m, 20, kindInts)
}
