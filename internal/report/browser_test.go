package report_test

import (
	"bytes"
	"net/http"
	"strings"
	"sync"
	"testing"

	"cocostat/internal/browsertest"
	"cocostat/internal/report"
)

// tab is a browser tab that shows a report.
type tab struct {
	*browsertest.Tab
	mu     sync.Mutex
	served []string // paths that reached the server
}

// open starts a browser, and shows nothing yet. Each test has its own.
func open(t *testing.T, d report.Data) *tab {
	t.Helper()
	var page bytes.Buffer
	if err := report.Write(&page, d); err != nil {
		t.Fatal(err)
	}
	b := &tab{}
	b.Tab = browsertest.Open(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.mu.Lock()
		b.served = append(b.served, r.URL.Path)
		b.mu.Unlock()
		w.Header().Set("Content-Type", "text/html")
		if r.URL.Path == "/report.html" {
			_, _ = w.Write(page.Bytes())
		}
	}), "/report.html")
	return b
}

// quiet fails the test if the page asked for anything but itself or complained.
func (b *tab) quiet() {
	b.T.Helper()
	b.Quiet()
	b.mu.Lock()
	defer b.mu.Unlock()
	var others []string
	for _, path := range b.served {
		if path != "/report.html" && path != "/favicon.ico" { // the browser's own
			others = append(others, path)
		}
	}
	if len(others) > 0 {
		b.T.Errorf("the server was asked for %s", strings.Join(others, ", "))
	}
}
