// Command inflate decompresses a gzip or zstd file with the library that
// cocostat uses, and does nothing with the bytes: the limit of reading them.
package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	if len(os.Args) != 2 {
		return fmt.Errorf("usage: %s FILE.gz|FILE.zst", os.Args[0])
	}
	f, err := os.Open(os.Args[1])
	if err != nil {
		return err
	}
	defer f.Close()
	var r io.Reader
	if strings.HasSuffix(os.Args[1], ".gz") {
		r, err = gzip.NewReader(f)
	} else {
		r, err = zstd.NewReader(f)
	}
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, r) // by their WriteTo
	return err
}
