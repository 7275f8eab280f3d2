// Command loss computes the heatmap losses with train/torchx for the benchmark.
//
//	loss make DIR    writes a batch for the losses to DIR
//	loss serve DIR   obeys lines on standard input, one answer each
//
// The lines are
//
//	about           the kernel and the version of libtorch
//	run LOSS        one forward and backward pass; its milliseconds
//	check LOSS FILE the loss, and how far loss and gradient are from the
//	                float64 reference, for this program and for the other one,
//	                which has written its gradient, and before it its loss, as
//	                numbers of 64 and 32 bits to FILE
package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strings"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "loss:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 2 || args[0] != "make" && args[0] != "serve" {
		return errors.New("usage: loss make|serve DIR")
	}
	if args[0] == "make" {
		return makeBatch(args[1])
	}
	s, err := newServer(args[1])
	if err != nil {
		return err
	}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		answer, err := s.obey(strings.Fields(lines.Text()))
		if err != nil {
			return err
		}
		fmt.Println(answer)
	}
	return lines.Err()
}
