package annotations

import (
	"bytes"
	"fmt"
	"regexp"
)

// format records that the text is no annotation file, because of what stands
// at position pos of the window.
func (l *lexer) format(pos int, format string, args ...any) bool {
	if l.err == nil {
		e := &FormatError{File: l.file, Msg: fmt.Sprintf(format, args...)}
		e.Offset, e.Line, e.Column = l.place(pos)
		l.err = e
	}
	return false
}

var (
	html     = regexp.MustCompile(`(?i)^(<!doctype html|<html|<head|<body)`)
	yolo     = regexp.MustCompile(`^\d+([ \t]+-?\d*\.?\d+([eE][-+]?\d+)?){4,}\s*(\n|$)`)
	elements = regexp.MustCompile(`^\[\s*\{[^{}]*"(image_id|bbox|file_name)"`)
)

// sniff moves to the opening brace of the text, or says what the text is
// instead of an annotation file.
func (l *lexer) sniff() bool {
	text := l.buf[:l.end]
	if bytes.HasPrefix(text, []byte("\xef\xbb\xbf")) {
		l.pos = 3
	}
	c := l.next()
	if c == '{' || l.err != nil {
		return l.err == nil
	}
	rest := l.buf[l.pos:min(l.end, l.pos+maxToken)]
	const coco = "expected a COCO-format annotation file, a JSON object with images, annotations and categories"
	is := func(what string) bool { return l.format(l.pos, "%s; %s", what, coco) }
	if what := l.foreign(text, rest); what != "" {
		return is(what)
	}
	switch {
	case c == '[' && bytes.Contains(rest, []byte(`"score"`)):
		return is("this is a list of COCO detection results, not ground truth: give the annotation file that the detections belong to")
	case elements.Match(rest):
		return is("this is a bare list: put it into an object, beside the other lists")
	case c == '[':
		return is("this is a JSON list")
	case yolo.Match(rest):
		return is("this is YOLO text, one file per image: convert the folder to COCO JSON first")
	case c == '"' || c == '-' || '0' <= c && c <= '9' || c == 't' || c == 'f' || c == 'n':
		return is("this does not start with an object")
	}
	return l.fail("expected '{', found %s; %s", l.found(), coco)
}

// foreign says what a text is, if that is neither annotations nor results nor
// any JSON; rest is what follows its leading spaces.
func (l *lexer) foreign(text, rest []byte) string {
	switch {
	case len(rest) == 0 && l.base == 0 && len(text) == 0:
		return "the file is empty"
	case len(rest) == 0:
		return "the file holds nothing but spaces"
	case bytes.HasPrefix(text, []byte("\xff\xfe")) || bytes.HasPrefix(text, []byte("\xfe\xff")):
		return "this is UTF-16 text: convert it to UTF-8, for instance with iconv"
	case bytes.HasPrefix(rest, []byte("PK\x03\x04")):
		return "this is a zip archive, which cannot be read as a stream: give the path of the file"
	case bytes.HasPrefix(rest, []byte("version https://git-lfs")):
		return "this is a Git LFS pointer, not the file: fetch it with git lfs pull"
	case html.Match(rest):
		return "this is an HTML page, perhaps an error page that was saved in place of the download: fetch the file again"
	case bytes.Contains(rest, []byte("<annotation")):
		return "this is Pascal VOC XML, one file per image: convert the folder to COCO JSON first"
	case rest[0] == '<':
		return "this is XML"
	}
	return ""
}

// trailer checks that nothing follows the top-level object. known tells whether
// that object held one of the three lists.
func (l *lexer) trailer(known bool) bool {
	c := l.next()
	switch {
	case l.err != nil:
		return false
	case l.pos >= l.end:
		return true
	case c == '{' && !known:
		return l.format(l.pos, "a second JSON object follows the first: this is JSON lines, not a COCO-format annotation file")
	}
	return l.fail("expected the end of the file after the top-level object, found %s", l.found())
}

// sniffResults moves to the opening bracket or brace of the text, or says what
// the text is instead of a results file.
func (l *lexer) sniffResults() bool {
	text := l.buf[:l.end]
	if bytes.HasPrefix(text, []byte("\xef\xbb\xbf")) {
		l.pos = 3
	}
	c := l.next()
	if c == '[' || c == '{' || l.err != nil {
		return l.err == nil
	}
	rest := l.buf[l.pos:min(l.end, l.pos+maxToken)]
	if what := l.foreign(text, rest); what != "" {
		return l.format(l.pos, "%s; %s", what, wantResults)
	}
	return l.fail("expected '[', found %s; %s", l.found(), wantResults)
}
