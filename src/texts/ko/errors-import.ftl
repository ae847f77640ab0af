import-overtaken = 다른 가져오기 작업이 같은 레코드를 추가하고 있습니다. 끝난 뒤 다시 가져와 주십시오.
import-unreadable = { $source } 파일을 읽을 수 없습니다: { $cause }.
import-no-records = { $source } 파일에 가져올 레코드가 없습니다. 파일 형식 추정: { $looks }.
import-header = { $source } 파일의 머리글이 이 가져오기와 맞지 않습니다. 없는 열: { $missing }.
import-truncated = { $source } 파일이 잘려 있습니다. { $line }번째 줄 다음에서 압축이 끊겼습니다. 그 앞의 온전한 레코드는 가져왔습니다. 온전한 파일로 다시 가져와 주십시오.
import-broken = { $source } 파일이 { $line }번째 줄 다음에서 손상되었습니다: { $cause }. 그 앞의 온전한 레코드는 가져왔습니다. 온전한 파일로 다시 가져와 주십시오.
import-interrupted = { $read }건까지 가져온 뒤 데이터베이스에 연결할 수 없거나 디스크가 가득 차서 멈췄습니다. 'stembank doctor'로 상태를 확인한 뒤 같은 파일을 다시 가져오면 이어서 진행하며, 같은 레코드를 두 번 처리하지 않습니다.
import-stopped = { $read }건까지 가져온 뒤 중단되었습니다. 같은 파일을 다시 가져오면 이어서 진행하며, 같은 레코드를 두 번 처리하지 않습니다.
