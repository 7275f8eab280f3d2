package codec

import (
	"bytes"
	"fmt"
	"io"
	"os"

	"cocostat/internal/wholefile"
)

// maxFile is the size in bytes of the largest file that is read: a hundred
// times what LVIS needs of weights in the most wasteful encoding, and the rows
// of 30 million (image, class) pairs.
const maxFile = 1 << 30

// readWhole reads a file, which is called what in messages.
func readWhole(path, what string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("weights: cannot read %s: %w", what, err)
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, fmt.Errorf("weights: %s is a folder, not %s", path, what)
	}
	return readStream(f, path, what)
}

// readStream reads to the end.
func readStream(r io.Reader, name, what string) ([]byte, error) {
	data, err := wholefile.From(r, maxFile, func(head []byte) error {
		if len(head) == wholefile.Head && len(bytes.Trim(head, "\x00")) == 0 {
			return fmt.Errorf("it begins with %d zeros and is not %s", len(head), what)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("weights: cannot read %s: %w", name, err)
	}
	return data, nil
}
