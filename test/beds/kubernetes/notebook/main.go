// A server that pretends to be Jupyter: shows the files of its folder to who has the token, and to nobody else.
package main

import (
	"net/http"
	"os"
	"strings"
)

func main() {
	files := http.StripPrefix("/lab/tree/", http.FileServer(http.Dir(os.Args[2])))
	http.HandleFunc("/lab/tree/", func(answer http.ResponseWriter, request *http.Request) {
		token := os.Getenv("JUPYTER_TOKEN")
		given := request.URL.Query().Get("token")
		if given == "" {
			given = strings.TrimPrefix(request.Header.Get("Authorization"), "token ")
		}
		if token == "" || given != token {
			http.Error(answer, "Forbidden", http.StatusForbidden)
			return
		}
		files.ServeHTTP(answer, request)
	})
	panic(http.ListenAndServe(":"+os.Args[1], nil))
}
