package annotations

import "context"

// Text is the text of an annotation file, decompressed, for a reader of its
// own beside Scan: one that copies parts of it, say.
type Text struct{ in *input }

// Open opens the text of an annotation file, whose path is as Count takes it.
// Of the options, Stdin, Progress and NoHash matter; Progress may be called
// until Close returns.
func Open(ctx context.Context, path string, opt Options) (*Text, error) {
	in, err := openInput(ctx, path, opt)
	if err != nil {
		return nil, err
	}
	return &Text{in}, nil
}

// Name is the path for messages, with the member that was found in an archive.
func (t *Text) Name() string { return t.in.path }

// Read is that of io.Reader.
func (t *Text) Read(p []byte) (int, error) { return t.in.text.Read(p) }

// Source reads what is left of the stored bytes and describes the file.
func (t *Text) Source() (Source, error) { return t.in.source() }

// Close ends the reading, at any point of it.
func (t *Text) Close() error {
	t.in.Close()
	return nil
}
