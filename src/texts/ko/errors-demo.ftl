demo-not-empty = 시연 자료는 빈 데이터베이스에만 채울 수 있습니다. 이 데이터베이스에는 이미 내용이 있습니다.
demo-not-a-demo = { $path } 파일은 시연용 데이터베이스가 아니므로 그대로 둡니다. --data로 다른 폴더를 지정해 주십시오.
demo-in-use = 다른 시연이 { $path } 폴더를 사용하고 있습니다. 종료하거나 --data로 다른 폴더를 지정해 주십시오.
demo-folder = { $path } 폴더를 사용할 수 없습니다: { $cause }.
demonstration-host = 시연용 서비스입니다. 이 컴퓨터의 주소(localhost, 127.0.0.1, [::1])로만 열 수 있습니다.
